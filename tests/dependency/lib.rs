//! A crate that declares a job in a private module.

#[cfg(feature = "macros")]
mod tower {
    mod belfry {
        #[punctual::repeat(every().hour().at(":00"))]
        fn chime() {}
    }
}
