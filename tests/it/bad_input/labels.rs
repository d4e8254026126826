//! Names and tags.

use super::{refused, Case};

#[test]
fn a_name_or_a_tag_without_a_letter_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().day().tag("").run(|| {}), r#"invalid tag "": the text is empty (expected at least one letter)"#),
        (
            |s| s.every().day().tags(["a", ""]).run(|| {}),
            r#"invalid tag "": the text is empty (expected at least one letter)"#,
        ),
        (
            |s| s.every().day().named("").run(|| {}),
            r#"invalid name "": the text is empty (expected at least one letter)"#,
        ),
    ];
    refused(cases);
}
