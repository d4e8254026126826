//! Rows in data formats, without serde's derive macros and what they need to be built.

use serde::{de, Deserialize, Deserializer, Serialize, Serializer};

use super::{HolderId, Micros, Token};

/// Implements `Serialize` and `Deserialize` for a structure with a `Default`, as a map of these fields.
///
/// Does not compile if a field is left out: the structure is taken apart completely.
macro_rules! fields {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeStruct;
                let $name { $($field),+ } = self;
                let count = [$(stringify!($field)),+].len();
                let mut map = serializer.serialize_struct(stringify!($name), count)?;
                $(map.serialize_field(stringify!($field), $field)?;)+
                map.end()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                struct Fields;

                impl<'de> ::serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("the fields of a ", stringify!($name)))
                    }

                    fn visit_map<A: ::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::std::result::Result<$name, A::Error> {
                        let mut row = $name::default();
                        while let Some(field) = map.next_key::<String>()? {
                            match field.as_str() {
                                $(stringify!($field) => row.$field = map.next_value()?,)+
                                _ => {
                                    map.next_value::<::serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(row)
                    }
                }

                deserializer.deserialize_struct(stringify!($name), &[$(stringify!($field)),+], Fields)
            }
        }
    };
}
pub(super) use fields;

/// A number of microseconds.
impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Micros)
    }
}

/// A string of 32 hexadecimal digits: many formats have no numbers of 128 bits.
macro_rules! as_text {
    ($($name:ident)+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

as_text! { HolderId Token }

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn a_field_may_be_missing_or_unknown() {
        let run: RunRow = serde_json::from_str(r#"{"key": "a", "slot": -5, "weight": {"kg": [1]}}"#).unwrap();
        assert_eq!(run, RunRow { key: "a".to_owned(), slot: Micros(-5), ..RunRow::default() });
    }

    #[test]
    fn a_field_of_another_type_is_an_error() {
        for text in [r#"{"key": 1}"#, r#"{"slot": "now"}"#, r#"{"token": "xyz"}"#, "[]", "\"a\""] {
            assert!(serde_json::from_str::<RunRow>(text).is_err(), "{text}");
        }
        let error = serde_json::from_str::<Peer>("1").unwrap_err();
        assert_eq!(error.to_string(), "invalid type: integer `1`, expected the fields of a Peer at line 1 column 1");
    }
}
