//! Columns of rows that a hand may have written, so that each may have any type.

use punctual::store::{HolderId, Micros, Token};
use rusqlite::{types::ValueRef, Row};

/// A value of a column.
pub(crate) trait Column<'a>: Sized {
    /// What is expected, for messages.
    const EXPECTED: &'static str;

    /// The value; `None` if it has another type, or is out of range.
    fn of(value: ValueRef<'a>) -> Option<Self>;
}

impl Column<'_> for i64 {
    const EXPECTED: &'static str = "an integer";

    fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl Column<'_> for i32 {
    const EXPECTED: &'static str = "an integer of 32 bits";

    fn of(value: ValueRef<'_>) -> Option<Self> {
        i64::of(value)?.try_into().ok()
    }
}

impl Column<'_> for bool {
    const EXPECTED: &'static str = "0 or 1";

    fn of(value: ValueRef<'_>) -> Option<Self> {
        match i64::of(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Column<'_> for Micros {
    const EXPECTED: &'static str = "an integer, microseconds since 1970";

    fn of(value: ValueRef<'_>) -> Option<Self> {
        i64::of(value).map(Micros)
    }
}

impl<'a> Column<'a> for &'a str {
    const EXPECTED: &'static str = "text in UTF-8";

    fn of(value: ValueRef<'a>) -> Option<Self> {
        match value {
            ValueRef::Text(text) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }
}

impl Column<'_> for String {
    const EXPECTED: &'static str = <&str>::EXPECTED;

    fn of(value: ValueRef<'_>) -> Option<Self> {
        <&str>::of(value).map(str::to_owned)
    }
}

/// Tags: a JSON array of strings.
impl Column<'_> for Vec<String> {
    const EXPECTED: &'static str = "a JSON array of strings";

    fn of(value: ValueRef<'_>) -> Option<Self> {
        match <&str>::of(value)? {
            "[]" => Some(Vec::new()),
            text => serde_json::from_str(text).ok(),
        }
    }
}

impl Column<'_> for u128 {
    const EXPECTED: &'static str = "a blob of 16 bytes";

    fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Blob(bytes) => bytes.try_into().ok().map(u128::from_be_bytes),
            _ => None,
        }
    }
}

impl Column<'_> for Token {
    const EXPECTED: &'static str = u128::EXPECTED;

    fn of(value: ValueRef<'_>) -> Option<Self> {
        u128::of(value).map(Token)
    }
}

impl Column<'_> for HolderId {
    const EXPECTED: &'static str = u128::EXPECTED;

    fn of(value: ValueRef<'_>) -> Option<Self> {
        u128::of(value).map(HolderId)
    }
}

impl<'a, T: Column<'a>> Column<'a> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn of(value: ValueRef<'a>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// Reads a column, or says what is wrong with it.
pub(crate) fn read<'a, T: Column<'a>>(row: &'a Row<'_>, column: usize) -> Result<T, String> {
    let value = row.get_ref(column).map_err(|error| error.to_string())?;
    T::of(value).ok_or_else(|| {
        let name = row.as_ref().column_name(column).unwrap_or("?");
        format!("the column `{name}` {} (expected {})", found(value), T::EXPECTED)
    })
}

/// The key of a row, as far as it is text.
pub(crate) fn key(row: &Row<'_>, column: usize) -> String {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(number)) => number.to_string(),
        Ok(ValueRef::Null) | Err(_) => String::new(),
    }
}

fn found(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "is empty".to_owned(),
        ValueRef::Integer(number) => format!("is {number}"),
        ValueRef::Real(number) => format!("is {number:?}"),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => format!("is {:?}", text.chars().take(40).collect::<String>()),
            Err(_) => "is not UTF-8".to_owned(),
        },
        ValueRef::Blob(bytes) => format!("is a blob of {} bytes", bytes.len()),
    }
}
