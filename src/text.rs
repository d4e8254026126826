//! The types of text that the conversion traits take.

/// Implements a conversion trait for `&&str`, `String` and `&String` by way of its implementation for `&str`.
///
/// Not by `impl<T: AsRef<str>>`: that would overlap with the other types, which may come to implement `AsRef<str>`.
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
