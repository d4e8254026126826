//! Text as a program and its arguments, without a shell.

/// Splits text into words at white space. Quotes and backslashes are read as a POSIX shell reads them.
///
/// # Errors
///
/// What is wrong with the text, for the end of an error: a quote that is not closed, or an unquoted character that
/// would do something in a shell and does nothing here.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    // `Some("")` is a word, too: two quotes with nothing in between.
    let mut word: Option<String> = None;
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied();
        match letter {
            letter if letter.is_whitespace() => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                at = quoted(&letters, at, word)?;
            }
            '\\' => match next {
                // A line that continues on the next one.
                Some('\n') => at += 1,
                Some(next) => {
                    word.get_or_insert_default().push(next);
                    at += 1;
                }
                None => return Err("nothing follows the backslash at its end".to_owned()),
            },
            letter if is_of_shell(letter, next, word.is_none()) => return Err(of_shell(letter, at)),
            letter => word.get_or_insert_default().push(letter),
        }
        at += 1;
    }
    words.extend(word);
    let Some(program) = words.first().filter(|program| !program.is_empty()) else {
        return Err("it names no program (expected one and its arguments, as in \"backup --full\")".to_owned());
    };
    if is_assignment(program) {
        return Err(format!(
            "{program:?} sets a variable in a shell only (expected `Command::new(..).env(..)`, or `Command::shell`)"
        ));
    }
    Ok(words)
}

/// Reads a quoted part that begins at `start`. Returns the place of the quote that ends it.
fn quoted(letters: &[char], start: usize, word: &mut String) -> Result<usize, String> {
    let quote = letters[start];
    let mut at = start + 1;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied();
        match (letter, next) {
            _ if letter == quote => return Ok(at),
            ('\\', Some('\n')) if quote == '"' => at += 1,
            ('\\', Some(next @ ('"' | '\\' | '$' | '`'))) if quote == '"' => {
                word.push(next);
                at += 1;
            }
            ('$' | '`', _) if quote == '"' && is_of_shell(letter, next, false) => return Err(of_shell(letter, at)),
            _ => word.push(letter),
        }
        at += 1;
    }
    Err(format!("the quote {quote} at column {} is not closed", start + 1))
}

/// Whether a letter has a meaning in a shell.
fn is_of_shell(letter: char, next: Option<char>, is_first: bool) -> bool {
    match letter {
        '|' | '&' | ';' | '<' | '>' | '(' | ')' | '`' | '*' => true,
        '$' => next.is_some_and(|next| next.is_ascii_alphabetic() || "_{(@*#?$!".contains(next)),
        '~' => is_first && next.is_none_or(|next| next == '/' || next.is_whitespace()),
        _ => false,
    }
}

#[cold]
fn of_shell(letter: char, at: usize) -> String {
    let quotes = if letter == '~' { "the path in full" } else { "it in single quotes, to be taken as it is" };
    format!("\"{letter}\" at column {} is for a shell (expected {quotes}, or `Command::shell`)", at + 1)
}

/// Whether a word is `NAME=value`.
fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_those_of_a_shell() {
        let cases: [(&str, &[&str]); 16] = [
            ("backup", &["backup"]),
            ("  backup.sh\t--full \n", &["backup.sh", "--full"]),
            ("say 'a b' \"c d\"", &["say", "a b", "c d"]),
            ("say ''", &["say", ""]),
            ("say \"\" x", &["say", "", "x"]),
            ("--a='b c'd\"e f\"", &["--a=b cde f"]),
            (r"a\ b c", &["a b", "c"]),
            (r#"say "a \"b\" \\ \x""#, &["say", r#"a "b" \ \x"#]),
            (r#"say 'a \ "b"'"#, &["say", r#"a \ "b""#]),
            ("backup \\\n  --full", &["backup", "--full"]),
            ("say \"a\\\nb\"", &["say", "ab"]),
            ("say '$HOME | *' \"a*|b\"", &["say", "$HOME | *", "a*|b"]),
            (r"say \$HOME \* \| $5 $", &["say", "$HOME", "*", "|", "$5", "$"]),
            ("tar a~ b~/c x=y", &["tar", "a~", "b~/c", "x=y"]),
            ("'the program' --x", &["the program", "--x"]),
            ("größe --naïve", &["größe", "--naïve"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_only_a_shell_can_do_is_refused_with_its_column() {
        let of_shell = [
            ("a | b", "\"|\" at column 3"),
            ("a && b", "\"&\" at column 3"),
            ("a; b", "\";\" at column 2"),
            ("a >b", "\">\" at column 3"),
            ("a 2>&1", "\">\" at column 4"),
            ("(a)", "\"(\" at column 1"),
            ("echo $HOME", "\"$\" at column 6"),
            ("echo \"${HOME}\"", "\"$\" at column 7"),
            ("echo `date`", "\"`\" at column 6"),
            ("rm ä *.log", "\"*\" at column 6"),
            ("~/bin/backup", "\"~\" at column 1"),
        ];
        for (text, place) in of_shell {
            let error = split(text).unwrap_err();
            assert!(error.starts_with(place) && error.contains("`Command::shell`"), "{text}: {error}");
        }
    }
}
