//! Commands that cannot be read, or that no system could run.

use punctual::Command;

use super::{assert_refused, Case};

#[test]
fn commands_are_refused_at_the_end_of_the_sentence() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().run_command(""),
            "invalid command \"\": it names no program (expected one and its arguments, as in \"backup --full\")",
        ),
        (
            |s| s.every().day().run_command(" \n"),
            "invalid command \" \\n\": it names no program (expected one and its arguments, as in \"backup --full\")",
        ),
        (
            |s| s.every().day().run_command("'' --full"),
            "invalid command \"'' --full\": it names no program (expected one and its arguments, as in \"backup --full\")",
        ),
        (
            |s| s.every().day().run_command("say 'hi"),
            "invalid command \"say 'hi\": the quote ' at column 5 is not closed",
        ),
        (
            |s| s.every().day().run_command(String::from("say \"it's \\\"")),
            "invalid command \"say \\\"it's \\\\\\\"\": the quote \" at column 5 is not closed",
        ),
        (
            |s| s.every().day().run_command("backup \\"),
            "invalid command \"backup \\\\\": nothing follows the backslash at its end",
        ),
        (
            |s| s.every().day().run_command("dump db > all.sql"),
            "invalid command \"dump db > all.sql\": \">\" at column 9 is for a shell \
             (expected it in single quotes, to be taken as it is, or `Command::shell`)",
        ),
        (
            |s| s.every().day().run_command("~/bin/backup"),
            "invalid command \"~/bin/backup\": \"~\" at column 1 is for a shell \
             (expected the path in full, or `Command::shell`)",
        ),
        (
            |s| s.every().day().run_command("A=1 backup"),
            "invalid command \"A=1 backup\": \"A=1\" sets a variable in a shell only \
             (expected `Command::new(..).env(..)`, or `Command::shell`)",
        ),
        (
            |s| s.every().day().run_command("back\0up"),
            "invalid command \"back\\0up\": it contains a NUL character",
        ),
        (
            |s| s.every().day().run_command(Command::new("")),
            "invalid command \"\": it names no program (expected one, as in \"backup\")",
        ),
        (
            |s| s.every().day().run_command(Command::shell(" ")),
            "invalid command \" \": the script is empty (expected one, as in \"pg_dump db | gzip\")",
        ),
        (
            |s| s.every().day().run_command(Command::new("a").arg("b\0")),
            "invalid argument \"b\\0\" of the command \"a\": it contains a NUL character",
        ),
        (
            |s| s.every().day().run_command(Command::new("a").env("A=B", "c")),
            "invalid variable \"A=B\" of the command \"a\": its name is empty, or contains \"=\" or a NUL character",
        ),
        (
            |s| s.every().day().run_command(Command::new("a").env_remove("")),
            "invalid variable \"\" of the command \"a\": its name is empty, or contains \"=\" or a NUL character",
        ),
        (
            |s| {
                let command = Command::new("a").env("A", "\0");
                s.every().day().run_command(&command)
            },
            "invalid variable \"A\" of the command \"a\": its value contains a NUL character",
        ),
        (
            |s| s.every().day().run_command(Command::new("a").current_dir("")),
            "invalid directory \"\" of the command \"a\": the path is empty",
        ),
        (
            |s| s.every().day().run_command(Command::new("a").output_to("b\0")),
            "invalid output file \"b\\0\" of the command \"a\": it contains a NUL character",
        ),
        (|s| s.every().seconds(0).run_command("say 'hi"), "invalid count 0 for seconds: it must be 1 or more"),
    ];
    assert_refused(cases);
}
