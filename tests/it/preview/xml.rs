//! A reader of XML that accepts nothing else, as far as pictures need it.

/// An element: its name, and its attributes.
pub(super) type Element<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// The elements of a document, in order. Panics if it is not well-formed.
pub(super) fn elements(document: &str) -> Vec<Element<'_>> {
    assert!(document.chars().all(is_allowed), "a character that XML does not have");
    let (mut elements, mut open, mut rest) = (Vec::new(), Vec::new(), document);
    while let Some((text, tag)) = rest.split_once('<') {
        check_text(text);
        assert!(!open.is_empty() || text.trim().is_empty(), "text outside of the document: {text:?}");
        let (tag, after) = tag.split_once('>').expect("a tag that does not end");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "the wrong end");
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(!name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase()), "{name:?}");
        assert!(!open.is_empty() || elements.is_empty(), "a second document: {name}");
        elements.push((name, attributes_of(attributes)));
        if !is_empty {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest:?}");
    elements
}

fn attributes_of(mut text: &str) -> Vec<(&str, &str)> {
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = text.split_once("=\"").expect("an attribute without a value");
        let (value, rest) = rest.split_once('"').expect("a value that does not end");
        let name = name.trim();
        assert!(
            !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '-'),
            "{name:?}"
        );
        assert!(attributes.iter().all(|(other, _)| *other != name), "{name:?} twice");
        check_text(value);
        attributes.push((name, value));
        text = rest;
    }
    attributes
}

fn check_text(text: &str) {
    assert!(!text.contains("]]>"), "{text:?}");
    for reference in text.split('&').skip(1) {
        let name = reference.split_once(';').map(|(name, _)| name);
        assert!(matches!(name, Some("amp" | "lt" | "gt" | "quot")), "{reference:?}");
    }
}

fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !('\u{7f}'..='\u{9f}').contains(&letter)
}
