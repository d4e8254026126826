//! Commands as bodies. These tests start real processes, so some need real time: what a process does has no clock that
//! could be advanced. They wait for what it writes, and for a grace of a tenth of a second where it has to be killed.

use std::{
    fs,
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

use punctual::{Command, Job, Outcome, Scheduler, Unfinished, Wait};

use crate::support::{finish, minutes, noon, seconds, utc, Stage};

/// Longer than any process is held up, and so long that no test may take it.
const LONG: Duration = Duration::from_secs(60);

/// As short as a grace can be, if a program is to be killed.
const SHORT: Duration = Duration::from_millis(100);

/// A folder of a test, which is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("punctual-test-{}-{test}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A script that runs in this folder.
    fn shell(&self, script: &str) -> Command {
        Command::shell(script).current_dir(&self.0)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// The number that a script has written, once it has.
    fn pid(&self, name: &str) -> u32 {
        until(|| fs::read_to_string(self.file(name)).is_ok_and(|text| text.ends_with('\n')));
        self.read(name).trim().parse().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Waits for something that a process does.
fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never happened");
        thread::sleep(Duration::from_millis(1));
    }
}

/// The state of a process, such as `S`, `T` or `Z`; `None` if there is none.
fn state(pid: u32) -> Option<char> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    line.rsplit(')').next()?.trim_start().chars().next()
}

/// Whether a process runs or sleeps. One that was orphaned may stay a zombie, if process 1 does not reap it.
fn is_alive(pid: u32) -> bool {
    state(pid).is_some_and(|state| state != 'Z')
}

fn kill(pid: u32) {
    assert!(process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    until(|| !is_alive(pid));
}

/// Runs a command once, in this thread.
fn outcome(command: impl punctual::IntoCommand) -> Outcome {
    let stage = noon();
    let job = stage.every().minute().run_command(command).unwrap();
    assert!(job.run_now());
    job.last_outcome().unwrap()
}

fn failed(why: &str) -> Outcome {
    Outcome::Failed(why.to_owned())
}

fn aborted(how: &str) -> Option<Outcome> {
    Some(Outcome::Aborted(format!("the scheduler was shut down{how}")))
}

/// A stage with a worker, which runs a command that writes its number to `pid`.
fn running(folder: &Folder, command: Command) -> (Stage, Job, u32) {
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 2);
    let job = stage.every().minute().parallel().run_command(command).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    let pid = folder.pid("pid");
    (stage, job, pid)
}

#[test]
fn the_exit_status_is_the_outcome() {
    assert_eq!(outcome("true"), Outcome::Completed);
    assert_eq!(outcome("false"), failed("exit status 1"));
    assert_eq!(outcome(Command::shell("exit 3")), failed("exit status 3"));
    assert_eq!(outcome(Command::shell("kill -KILL $$")), failed("killed by signal 9 (SIGKILL)"));
    assert_eq!(outcome(Command::shell("echo oh >&2; kill -SEGV $$")), failed("killed by signal 11 (SIGSEGV): oh"));
    assert_eq!(outcome(Command::shell("echo fine >&2")), Outcome::Completed);
}

#[test]
fn a_failure_has_the_end_of_stderr() {
    let script = "echo not this; echo the disk >&2; echo is full >&2; echo nor this; exit 3";
    assert_eq!(outcome(Command::shell(script)), failed("exit status 3: the disk\nis full"));
    let Outcome::Failed(text) = outcome(Command::shell("seq -f 'line %05g' 10000 >&2; exit 1")) else { panic!() };
    assert!(text.starts_with("exit status 1: … line 09"), "whole lines: {text}");
    assert!(text.ends_with("line 09999\nline 10000") && text.len() < 4_200, "{text}");
    let Outcome::Failed(text) = outcome(Command::shell(r"printf '\377x\n' >&2; exit 1")) else { panic!() };
    assert_eq!(text, "exit status 1: \u{fffd}x");
}

#[test]
fn much_output_does_not_block() {
    let script = "head -c 200000 /dev/zero | tr '\\0' x; head -c 200000 /dev/zero | tr '\\0' y >&2; exit 1";
    let Outcome::Failed(text) = outcome(Command::shell(script)) else { panic!() };
    assert_eq!(text, format!("exit status 1: … {}", "y".repeat(4_096)));
}

#[test]
fn what_a_program_leaves_running_delays_nothing_and_runs_on() {
    let folder = Folder::new("leaves");
    let stage = noon();
    for command in [folder.shell("sleep 60 & echo $! > pid"), folder.shell("sleep 60 & echo $! > pid").log_output()] {
        let start = Instant::now();
        let job = stage.every().minute().run_command(command).unwrap();
        assert!(job.run_now());
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
        assert!(start.elapsed() < LONG / 2);
        let left = folder.pid("pid");
        assert!(is_alive(left));
        stage.scheduler.shutdown(Wait::AtMost(Duration::ZERO));
        assert!(is_alive(left), "a run that has ended is not terminated");
        kill(left);
        fs::remove_file(folder.file("pid")).unwrap();
    }
}

#[test]
fn a_program_that_cannot_be_started_is_a_failure_that_says_why() {
    let folder = Folder::new("missing");
    let (script, text) = (folder.file("script"), folder.file("text"));
    fs::write(&text, "no program").unwrap();
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    assert!(process::Command::new("chmod").arg("+x").arg(&script).status().unwrap().success());
    let cases = [
        (Command::new("punctual-no-such"), "no such file in PATH"),
        (Command::new("/no/such/program"), "no such file"),
        (Command::new("./no-such"), "no such file"),
        (Command::new("true --help"), "no such file (expected its arguments as `.arg(..)`, or all of it as text)"),
        (Command::new("true").current_dir("/no/such"), "there is no directory \"/no/such\" to run it in"),
        (Command::new(&script), "the file is there, but the interpreter that its first line names is not"),
        (Command::new(&text), "permission denied (expected an executable file)"),
        (Command::new("/"), "permission denied (expected an executable file)"),
        (
            Command::new("true").output_to("/no/such/log"),
            "cannot write its output to \"/no/such/log\": no such file or directory",
        ),
        (Command::new("true").output_to("/"), "cannot write its output to \"/\": Is a directory (os error 21)"),
    ];
    for (command, why) in cases {
        let shown = format!("{command:?}");
        let program = shown.split('"').nth(1).unwrap();
        assert_eq!(outcome(command), failed(&format!("cannot run \"{program}\": {why}")));
    }
    assert_eq!(outcome("true"), Outcome::Completed, "the next one is not affected");
}

#[test]
fn a_command_runs_as_often_as_its_job_is_due() {
    let folder = Folder::new("often");
    let stage = noon();
    let log = folder.file("log");
    let command = Command::shell("echo out; echo err >&2").output_to(&log);
    let job = stage.every().minute().run_command(&command).unwrap();
    (0..3).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
    assert!(job.run_now());
    assert_eq!((job.run_count(), job.last_outcome()), (4, Some(Outcome::Completed)));
    assert_eq!(folder.read("log"), "out\nerr\n".repeat(4), "appended, in the order of writing");
}

#[test]
fn a_failure_has_the_end_of_what_its_run_has_written_to_a_file() {
    let folder = Folder::new("failure");
    fs::write(folder.file("log"), "before\n").unwrap();
    let command = Command::shell("echo out; echo err >&2; exit 1").output_to(folder.file("log"));
    for _ in 0..2 {
        assert_eq!(outcome(&command), failed("exit status 1: out\nerr"));
    }
    assert_eq!(folder.read("log"), "before\nout\nerr\nout\nerr\n");
    assert_eq!(outcome(Command::shell("echo out; exit 1").output_to("/dev/null")), failed("exit status 1"));
}

#[test]
fn text_is_split_without_a_shell() {
    let folder = Folder::new("text");
    let (run, text) = (|text: &str| outcome(text), String::from("test -n ''"));
    assert_eq!(run(r#"test "a  b" = 'a  b'"#), Outcome::Completed);
    assert_eq!(run("sh -c 'test $# = 0'"), Outcome::Completed);
    assert_eq!(outcome(String::from("test '$HOME' = \\$HOME")), Outcome::Completed);
    assert_eq!(outcome(&text), failed("exit status 1"));
    let script = folder.shell("echo one two | tr ' ' '\\n' > words; test -n \"$HOME$PATH\"");
    assert_eq!(outcome(script), Outcome::Completed);
    assert_eq!(folder.read("words"), "one\ntwo\n");
}

#[test]
fn the_environment_says_which_run_it_is() {
    let folder = Folder::new("env");
    let stage = noon();
    let print = folder.shell("echo \"$PUNCTUAL_JOB|$PUNCTUAL_SLOT|$PUNCTUAL_RUN|$PUNCTUAL_ATTEMPT|$A|$B|$0\" >> env");
    let command = print.env("A", "1").env("B", "2").env("A", "3").env_remove("B");
    let events = stage.scheduler.subscribe(99).unwrap();
    let job = stage.every().minute().named("a\0 \"b\"").run_command(command).unwrap();
    assert_eq!(stage.wait(seconds(75)), 1);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    let run = events.try_iter().filter_map(punctual::Received::event).find_map(|event| event.run).unwrap();
    let expected = format!("a\u{fffd} \"b\"|2024-01-10T12:01:00Z|{}|1|3||sh\n", run.id);
    assert_eq!(folder.read("env"), expected);
    let nothing = Command::new("/bin/sh").args(["-c", "test -z \"$HOME$PATH_INFO\" && test \"$A$PUNCTUAL_JOB\" = 1x"]);
    let nothing = nothing.env("A", "1").env("PUNCTUAL_JOB", "x").env_clear();
    assert_eq!(outcome(nothing), Outcome::Completed, "what is set stays, and wins");
}

#[test]
fn input_is_empty() {
    assert_eq!(outcome(Command::shell("test -z \"$(cat)\"")), Outcome::Completed);
}

#[test]
fn a_job_is_named_after_its_program_or_script() {
    let stage = noon();
    let name = |command: Command| stage.every().day().run_command(command).unwrap().name();
    assert_eq!(name(Command::new("/usr/bin/env").arg("--help")), "env");
    assert_eq!(name(Command::new("..")), "..");
    assert_eq!(name(Command::shell("pg_dump db |\n  gzip")), "pg_dump db | gzip");
    assert_eq!(name(Command::shell("x".repeat(99))), format!("{}…", "x".repeat(60)));
    let job = stage.every().day().at("02:00").tag("a").run_command("backup.sh --password s3cret").unwrap();
    assert!(job.to_string().starts_with("every day at 02:00 run backup.sh, tagged a ("), "{job}");
    let named = stage.every().day().named("night").run_command("backup.sh").unwrap();
    assert_eq!(named.name(), "night");
    let shown = format!("{:?}", Command::new("a").arg("b").env("TOKEN", "s3cret"));
    assert_eq!(shown, r#"Command { program: "a", args: ["b"], .. }"#);
}

#[test]
fn commands_run_beside_each_other_on_workers() {
    let folder = Folder::new("workers");
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 4);
    // Each ends only if the other has begun.
    let meet = |mine: &str, other: &str| {
        let wait = "for i in $(seq 600); do test -e {other} && exit 0; sleep 0.1; done; exit 1";
        folder.shell(&format!("touch {mine}; {wait}").replace("{other}", other))
    };
    let first = stage.every().minute().parallel().run_command(meet("a", "b")).unwrap();
    let second = stage.every().minute().max_instances(2).run_command(meet("b", "a")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    finish(&stage.scheduler);
    for job in [first, second] {
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    }
}

#[test]
fn a_parallel_command_has_one_run_at_a_time_and_max_instances_several() {
    let folder = Folder::new("instances");
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 4);
    let command = folder.shell("echo x >> begun; until test -e go; do sleep 0.01; done");
    let one = stage.every().minute().parallel().run_command(&command).unwrap();
    let two = stage.every().minute().max_instances(2).run_command(&command).unwrap();
    let ran = [1, 2, 3].map(|_| stage.wait(minutes(1)));
    assert_eq!(ran, [2, 1, 0]);
    until(|| fs::read_to_string(folder.file("begun")).is_ok_and(|text| text.len() == 6));
    fs::write(folder.file("go"), "").unwrap();
    finish(&stage.scheduler);
    assert_eq!((one.run_count(), two.run_count()), (1, 2));
}

#[test]
fn a_shutdown_with_a_deadline_terminates_at_once_and_says_so() {
    let folder = Folder::new("terminates");
    let (stage, job, pid) = running(&folder, folder.shell("echo $$ > pid; exec sleep 60"));
    assert_eq!(stage.scheduler.shutdown(LONG), []);
    assert_eq!(job.last_outcome(), aborted(": killed by signal 15 (SIGTERM)"));
    assert_eq!(state(pid), None, "no zombie is left");
    // The scheduler lives on.
    fs::remove_file(folder.file("pid")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    folder.pid("pid");
    stage.scheduler.shutdown(LONG);
    assert_eq!(job.run_count(), 2);
}

#[test]
fn a_program_may_end_in_its_own_way_when_it_is_told_to() {
    let folder = Folder::new("own_way");
    let script = "trap 'echo bye >&2; exit 0' TERM; echo $$ > pid; while :; do sleep 0.01; done";
    let (stage, job, _) = running(&folder, folder.shell(script));
    assert_eq!(stage.scheduler.shutdown(LONG), []);
    // Told to end, it has not done its work, whatever its status. Before that, the shell says what became of `sleep`.
    let Some(Outcome::Aborted(text)) = job.last_outcome() else { panic!() };
    assert!(text.starts_with("the scheduler was shut down: exit status 0: ") && text.ends_with("bye"), "{text}");
}

#[test]
fn a_program_that_ignores_term_is_killed_after_its_grace() {
    let folder = Folder::new("ignores");
    let command = folder.shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done").grace(SHORT);
    let (stage, job, pid) = running(&folder, command);
    let start = Instant::now();
    assert_eq!(stage.scheduler.shutdown(LONG), []);
    assert!((SHORT..LONG / 2).contains(&start.elapsed()));
    assert_eq!(job.last_outcome(), aborted(": killed by signal 9 (SIGKILL)"));
    assert_eq!(state(pid), None);
}

#[test]
fn a_deadline_before_the_end_of_the_grace_kills_and_nothing_is_left_over_then() {
    let folder = Folder::new("deadline");
    let command = folder.shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done").grace(LONG);
    let (stage, job, pid) = running(&folder, command);
    // Killed half a second before.
    assert_eq!(stage.scheduler.shutdown(Duration::from_millis(2_500)), []);
    assert_eq!(job.last_outcome(), aborted(": killed by signal 9 (SIGKILL)"));
    assert_eq!(state(pid), None);
}

#[test]
fn a_later_shutdown_may_shorten_the_grace() {
    let folder = Folder::new("shorten");
    let command = folder.shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done").grace(LONG);
    let (stage, job, pid) = running(&folder, command);
    let unfinished: Vec<Unfinished> = stage.scheduler.shutdown(Wait::No);
    assert_eq!((unfinished.len(), unfinished[0].job, is_alive(pid)), (1, job.id(), true));
    stage.scheduler.shutdown(Duration::ZERO);
    assert_eq!(stage.scheduler.shutdown(true), []);
    assert_eq!(job.last_outcome(), aborted(": killed by signal 9 (SIGKILL)"));
}

#[test]
fn a_shutdown_that_does_not_wait_terminates_too() {
    let folder = Folder::new("no_wait");
    let (stage, job, _) = running(&folder, folder.shell("echo $$ > pid; exec sleep 60"));
    stage.scheduler.shutdown(false);
    stage.scheduler.shutdown(true);
    assert_eq!(job.last_outcome(), aborted(": killed by signal 15 (SIGTERM)"));
}

#[test]
fn a_shutdown_that_waits_for_all_lets_a_command_end() {
    let folder = Folder::new("for_all");
    let (stage, job, _) = running(&folder, folder.shell("echo $$ > pid; until test -e go; do sleep 0.01; done"));
    let scheduler = stage.scheduler.clone();
    let waiting = thread::spawn(move || scheduler.shutdown(Wait::ForAll));
    until(|| stage.scheduler.idle().is_none());
    fs::write(folder.file("go"), "").unwrap();
    assert_eq!(waiting.join().unwrap(), []);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
}

#[test]
fn a_command_in_the_polling_thread_is_terminated_by_another_thread() {
    let folder = Folder::new("polling");
    let stage = noon();
    let job = stage.every().minute().run_command(folder.shell("echo $$ > pid; exec sleep 60")).unwrap();
    stage.clock.advance(minutes(1));
    let scheduler = stage.scheduler.clone();
    let polling = thread::spawn(move || scheduler.run_pending());
    folder.pid("pid");
    assert_eq!(stage.scheduler.shutdown(LONG), []);
    assert_eq!(polling.join().unwrap(), 1);
    assert_eq!(job.last_outcome(), aborted(": killed by signal 15 (SIGTERM)"));
}

#[test]
fn a_dropped_scheduler_terminates_its_commands() {
    let folder = Folder::new("dropped");
    let (stage, job, pid) = running(&folder, folder.shell("echo $$ > pid; exec sleep 60"));
    drop(stage);
    until(|| state(pid).is_none());
    assert!(!job.is_scheduled());
}

#[test]
fn the_whole_group_is_killed() {
    let folder = Folder::new("group");
    let child = "sh -c 'trap \"\" TERM; sh -c \"echo \\$\\$ > grandchild; exec sleep 60\"; sleep 60' &";
    for (ending, how) in [
        ("trap '' TERM; wait", ": killed by signal 9 (SIGKILL)"),
        // The program itself ends when it is told to. What it leaves does not, and is killed.
        ("wait", ": killed by signal 15 (SIGTERM)"),
    ] {
        let script = format!("{child} echo $! > child; echo $$ > pid; {ending}");
        let (stage, job, _) = running(&folder, folder.shell(&script).grace(SHORT));
        let others = [folder.pid("child"), folder.pid("grandchild")];
        assert!(others.into_iter().all(is_alive));
        assert_eq!(stage.scheduler.shutdown(LONG), []);
        assert_eq!(job.last_outcome(), aborted(how));
        until(|| !others.into_iter().any(is_alive));
        for name in ["pid", "child", "grandchild"] {
            fs::remove_file(folder.file(name)).unwrap();
        }
    }
}

#[test]
fn a_stopped_group_hears_that_it_is_to_end() {
    let folder = Folder::new("stopped");
    let script = "trap 'exit 7' TERM; echo $$ > pid; kill -STOP $$; while :; do sleep 0.01; done";
    let (stage, job, pid) = running(&folder, folder.shell(script).grace(LONG));
    until(|| state(pid) == Some('T'));
    assert_eq!(stage.scheduler.shutdown(LONG / 2), []);
    assert_eq!(job.last_outcome(), aborted(": exit status 7"));
}

#[test]
fn no_zombie_is_left_however_a_program_ends() {
    let folder = Folder::new("zombie");
    for ending in ["exit 0", "exit 1", "kill -TERM $$"] {
        outcome(folder.shell(&format!("echo $$ > pid; {ending}")));
        assert_eq!(state(folder.pid("pid")), None, "{ending}");
    }
}

#[test]
fn no_file_of_the_output_is_left() {
    // In a process of its own, because it changes where temporary files are.
    const CHILD: &str = "PUNCTUAL_TEST_TEMPORARY";
    if std::env::var_os(CHILD).is_some() {
        let left = "said=$(cd /proc/$$/fd; readlink 0 1 2; ls \"$TMPDIR\"); echo \"$said\" >&2; exit 1";
        let Outcome::Failed(text) = outcome(Command::shell(left)) else { panic!() };
        let lines: Vec<&str> = text.lines().collect();
        let temporary = std::env::temp_dir().join("punctual-");
        assert_eq!(lines[..2], ["exit status 1: /dev/null", "/dev/null"], "{text}");
        assert!(lines[2].starts_with(temporary.to_str().unwrap()) && lines[2].ends_with(" (deleted)"), "{text}");
        assert_eq!(lines.len(), 3, "no file has a name: {text}");
        std::env::set_var("TMPDIR", "/no/such");
        assert_eq!(outcome(Command::shell("echo lost >&2; exit 1")), failed("exit status 1"), "but it runs");
        return;
    }
    let folder = Folder::new("temporary");
    let mut child = process::Command::new(std::env::current_exe().unwrap());
    child.args(["commands::no_file_of_the_output_is_left", "--exact", "--nocapture", "--test-threads=1"]);
    let output = child.env(CHILD, "1").env("TMPDIR", &folder.0).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let left: Vec<String> =
        fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_lost_exit_status_is_a_failure_and_no_hang() {
    // In a process of its own, which ignores SIGCHLD: the system then reaps its children.
    const CHILD: &str = "PUNCTUAL_TEST_SIGCHLD";
    if std::env::var_os(CHILD).is_some() {
        let Outcome::Failed(text) = outcome("true") else { panic!() };
        assert!(text.starts_with("its exit status is lost, because something else in this process took it"), "{text}");
        return;
    }
    let mut child = process::Command::new("env");
    child.arg("--ignore-signal=CHLD").arg(std::env::current_exe().unwrap());
    child.args(["commands::a_lost_exit_status_is_a_failure_and_no_hang", "--exact", "--nocapture"]);
    let output = child.env(CHILD, "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_command_may_start_where_a_relative_path_leads() {
    let folder = Folder::new("directory");
    fs::create_dir(folder.file("sub")).unwrap();
    let command = Command::shell("pwd > here").current_dir(Path::new(&folder.0).join("sub"));
    assert_eq!(outcome(command), Outcome::Completed);
    let here = folder.read("sub/here");
    assert!(here.trim_end().ends_with("/sub"), "{here}");
}

#[test]
fn run_all_and_a_loop_run_commands_as_they_run_closures() {
    let scheduler = Scheduler::new();
    let job = scheduler.every().hour().run_command("true").unwrap();
    assert_eq!(scheduler.run_all(), 1);
    let once = scheduler.after(Duration::ZERO).run_command("true").unwrap();
    // On the machine's clock, because it has to be a loop that sleeps; it is over at once.
    assert_eq!(scheduler.run_until(Duration::from_millis(1)).unwrap(), 1);
    assert_eq!([job, once].map(|job| job.last_outcome()), [const { Some(Outcome::Completed) }; 2]);
}

#[cfg(feature = "tokio")]
#[test]
fn an_async_loop_runs_commands_too() {
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 1);
    let jobs = [
        stage.every().minute().times(2).run_command("true").unwrap(),
        stage.every().minute().times(2).parallel().run_command("true").unwrap(),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let stop = stage.scheduler.stop_handle();
    let check = stage.every().minute().run(move || stop.stop()).unwrap();
    assert!(runtime.block_on(stage.scheduler.run_forever_async()).unwrap() >= 1);
    finish(&stage.scheduler);
    assert_eq!(check.run_count(), 1);
    assert_eq!(jobs.map(|job| job.last_outcome()), [const { Some(Outcome::Completed) }; 2]);
}

#[test]
fn a_command_that_takes_too_long_is_terminated_and_then_killed() {
    for (name, script, grace) in [
        ("time-over", "echo $$ > pid; sleep 60", LONG),
        ("time-over-term", "trap '' TERM; echo $$ > pid; while :; do sleep 60; done", SHORT),
    ] {
        let folder = Folder::new(name);
        let Stage { clock, scheduler } = noon();
        let sentence = scheduler.every().minute().parallel().timeout(seconds(5));
        let job = sentence.run_command(folder.shell(script).grace(grace)).unwrap();
        clock.advance(minutes(1));
        scheduler.run_pending();
        let pid = folder.pid("pid");
        clock.advance(seconds(4));
        scheduler.run_pending();
        assert!(is_alive(pid) && job.is_running());
        clock.advance(seconds(1));
        scheduler.run_pending();
        until(|| !job.is_running());
        assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
        assert!(!is_alive(pid), "{name}");
        scheduler.shutdown(true);
    }
}

#[test]
fn a_command_is_tried_again_after_a_failure_and_knows_its_attempt() {
    let folder = Folder::new("attempts");
    let Stage { scheduler, .. } = noon();
    let command = folder.shell("echo $PUNCTUAL_ATTEMPT >> attempts; [ $PUNCTUAL_ATTEMPT = 3 ]");
    let job = scheduler.every().minute().times(1).retry(5).run_command(command).unwrap();
    scheduler.run_until_empty();
    assert_eq!(folder.read("attempts"), "1\n2\n3\n");
    assert_eq!((job.run_count(), job.last_outcome()), (1, Some(Outcome::Completed)));
}

#[test]
fn the_next_attempt_begins_when_the_command_of_the_last_has_ended() {
    let folder = Folder::new("late-attempts");
    let Stage { clock, scheduler } = noon();
    let script = "if [ $PUNCTUAL_ATTEMPT = 1 ]; then trap 'sleep 0.1; echo ended >> log; exit' TERM; echo $$ > pid; \
                  while :; do sleep 0.01; done; else echo again >> log; fi";
    let retry = punctual::Retry::fixed(Duration::ZERO).times(1);
    let sentence = scheduler.every().minute().times(1).parallel().timeout(seconds(5)).retry(retry);
    let job = sentence.run_command(folder.shell(script)).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    folder.pid("pid");
    clock.advance(seconds(5));
    until(|| {
        scheduler.run_pending();
        job.last_outcome().is_some()
    });
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    assert_eq!(folder.read("log"), "ended\nagain\n");
    scheduler.shutdown(true);
}

#[test]
fn a_time_limit_is_kept_without_a_poll() {
    // The thread of the run waits for the process, and nobody else polls: in real time, by which processes run.
    let folder = Folder::new("alone");
    let scheduler = Scheduler::new();
    let sentence = scheduler.every().hour().timeout(SHORT);
    let job = sentence.run_command(folder.shell("echo $$ > pid; sleep 60")).unwrap();
    assert!(job.run_now());
    assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    assert!(!is_alive(folder.pid("pid")));
}

#[test]
fn a_command_whose_time_is_over_has_timed_out_although_a_shutdown_comes_meanwhile() {
    let folder = Folder::new("time-over-shutdown");
    let stage = Stage::with_workers(utc("2024-01-10 12:00:00"), 2);
    let script = "trap 'echo told > told; while [ ! -e end ]; do sleep 0.01; done; exit' TERM; echo $$ > pid; \
                  while :; do sleep 0.01; done";
    let sentence = stage.every().minute().parallel().timeout(seconds(5)).retry(3);
    let job = sentence.run_command(folder.shell(script).grace(LONG)).unwrap();
    stage.wait(minutes(1));
    folder.pid("pid");
    stage.wait(seconds(5));
    until(|| folder.file("told").exists());
    assert_eq!(stage.scheduler.shutdown(false).len(), 1);
    fs::write(folder.file("end"), "").unwrap();
    assert!(stage.scheduler.shutdown(LONG).is_empty());
    assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
}

#[cfg(feature = "tokio")]
#[test]
fn a_shutdown_in_a_task_treats_commands_as_any_other_does() {
    for (name, wait, expected) in [
        ("task-for-all", punctual::Wait::ForAll, Some(Outcome::Completed)),
        ("task-at-most", punctual::Wait::AtMost(LONG), aborted(": killed by signal 15 (SIGTERM)")),
    ] {
        let folder = Folder::new(name);
        let (stage, job, _) = running(&folder, folder.shell("echo $$ > pid; while [ ! -e end ]; do sleep 0.01; done"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let unfinished = runtime.block_on(async {
            let end = async {
                tokio::task::yield_now().await;
                fs::write(folder.file("end"), "").unwrap();
            };
            // Told to end when the shutdown begins, so before the file is there.
            tokio::join!(stage.scheduler.shutdown_async(wait), end).0
        });
        assert!(unfinished.is_empty());
        if wait == punctual::Wait::ForAll {
            assert_eq!(job.last_outcome(), expected, "{name}");
        } else {
            let outcome = job.last_outcome();
            assert!(outcome == expected || outcome == aborted(": exit status 0"), "{outcome:?}");
        }
    }
}
