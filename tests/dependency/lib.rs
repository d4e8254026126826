//! A crate that declares a job where nobody looks.

#[cfg(feature = "macros")]
mod tower {
    mod belfry {
        #[punctual::repeat(every().hour().at(":00"))]
        fn chime() {}
    }
}
