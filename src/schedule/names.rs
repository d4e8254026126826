//! The names of weekdays, months and zones in text.

use chrono::Weekday;

use crate::zone::offset;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// In the order of their bits in a set.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Mon),
    ("Tuesday", Weekday::Tue),
    ("Wednesday", Weekday::Wed),
    ("Thursday", Weekday::Thu),
    ("Friday", Weekday::Fri),
    ("Saturday", Weekday::Sat),
    ("Sunday", Weekday::Sun),
];

/// The month, 1 to 12, with that name or its first three letters.
pub(super) fn month(word: &str) -> Option<u8> {
    let found = MONTHS.iter().position(|name| is_name(word, name))?;
    Some(found as u8 + 1)
}

/// The weekday with that name, its first three letters, or its plural.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let singular = word.strip_suffix(['s', 'S']).filter(|word| word.len() > 3).unwrap_or(word);
    WEEKDAYS.iter().find(|(name, _)| is_name(singular, name)).map(|(_, weekday)| *weekday)
}

/// Whether a word has the form of a zone, whether or not it is one. No word of a schedule has, and no field of cron.
pub(super) fn is_zone_like(word: &str) -> bool {
    let is_area = |area: &str| area.len() > 1 && area.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_city = |city: &str| city.starts_with(|letter: char| letter.is_ascii_alphabetic());
    word == "UTC"
        || word.split_once('/').is_some_and(|(area, city)| is_area(area) && is_city(city))
        || offset(word).is_some()
}

/// The name and the zone of `CRON_TZ=Europe/Berlin`, which crontabs have before the fields.
pub(super) fn assigned_zone(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|(name, _)| matches!(*name, "TZ" | "CRON_TZ"))
}

fn is_name(word: &str, name: &str) -> bool {
    word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3])
}

/// The first of some words that is one typing error away, also from its plural: a letter too many, too few or wrong, or
/// two exchanged.
pub(super) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let singular = word.strip_suffix('s').unwrap_or(&word);
    known.into_iter().filter(|known| known.len() > 3).find(|known| {
        let known = known.to_lowercase();
        [&word, singular].into_iter().any(|word| is_one_error(word.as_bytes(), known.as_bytes()))
    })
}

fn is_one_error(word: &[u8], known: &[u8]) -> bool {
    let same = word.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (word, known) = (&word[same..], &known[same..]);
    match (word, known) {
        ([], []) => false,
        ([a, b, rest @ ..], [c, d, others @ ..]) if (a, b, rest) == (d, c, others) => true,
        _ => {
            let (without, others) = (word.get(1..), known.get(1..));
            without == Some(known) || others == Some(word) || (without.is_some() && without == others)
        }
    }
}

/// The runs of the bits in a set of `of` bits, as the first and the last of each; the set goes round. A run of two is
/// two runs of one, for "June and July" is shorter than "June to July".
pub(super) fn runs(bits: u64, of: u32) -> Vec<(usize, usize)> {
    let has = |bit: u32| bits >> (bit % of) & 1 == 1;
    if (0..of).all(has) {
        return vec![(0, of as usize - 1)];
    }
    let mut runs = Vec::new();
    for first in (0..of).filter(|bit| has(*bit) && !has(bit + of - 1)) {
        let length = (0..of).take_while(|more| has(first + more)).count();
        let (from, last) = (first as usize, (first as usize + length - 1) % of as usize);
        match length {
            1 => runs.push((from, from)),
            2 => runs.extend([(from, from), (last, last)]),
            _ => runs.push((from, last)),
        }
    }
    runs
}

/// The bits from one to another in a set of `of` bits that goes round.
pub(super) fn span(from: u32, to: u32, of: u32) -> u64 {
    (0..=(to + of - from) % of).fold(0, |bits, more| bits | 1 << ((from + more) % of))
}
