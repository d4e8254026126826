//! Implementations of the conversion traits for types of text.

/// Implements a conversion trait for `&&str`, `String` and `&String` by way of its implementation for `&str`.
///
/// `impl<T: AsRef<str>>` would be shorter, but overlaps with the implementations for chrono's types: those may
/// implement `AsRef<str>` in a later version.
macro_rules! for_texts {
    ($trait:ident, $method:ident -> $output:ty) => {
        for_texts!(@ $trait, $method, $output, &&str, String, &String);
    };
    (@ $trait:ident, $method:ident, $output:ty, $($text:ty),*) => {$(
        impl sealed::Sealed for $text {}

        impl $trait for $text {
            fn $method(self) -> $output {
                let text: &str = self.as_ref();
                text.$method()
            }
        }
    )*};
}

pub(crate) use for_texts;
