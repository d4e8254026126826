//! The standard library, but for atomics and threads: those are loom's.

#![no_std]
#![forbid(unsafe_code)]

extern crate std as real;

pub use real::*;

pub mod sync {
    pub use real::sync::*;

    pub mod atomic {
        use loom::sync::atomic::fence as modelled_fence;
        pub use real::sync::atomic::*;
        use real::{result::Result, sync::OnceLock};

        /// Loom takes a sequentially consistent access for an acquiring and releasing one, but knows such fences.
        ///
        /// Loom's are not made by a `const fn`: what `new` has made is made again when it is first used, which must be
        /// before other threads know of it.
        macro_rules! atomics {
            ($($name:ident($type:ty) { $($method:ident($($value:ident)?) $(-> $result:ty)?;)* })*) => {$(
                #[derive(Debug)]
                pub struct $name(OnceLock<loom::sync::atomic::$name>, $type);

                impl Default for $name {
                    fn default() -> Self {
                        let initial = <$type>::default();
                        $name(OnceLock::from(loom::sync::atomic::$name::new(initial)), initial)
                    }
                }

                impl $name {
                    pub const fn new(initial: $type) -> Self {
                        $name(OnceLock::new(), initial)
                    }

                    $(pub fn $method(&self, $($value: $type,)? order: Ordering) $(-> $result)? {
                        let modelled = self.0.get_or_init(|| loom::sync::atomic::$name::new(self.1));
                        let fence = || if order == Ordering::SeqCst { modelled_fence(order) };
                        fence();
                        let result = modelled.$method($($value,)? order);
                        fence();
                        result
                    })*
                }
            )*};
        }

        atomics! {
            AtomicBool(bool) { load() -> bool; store(value); }
            AtomicI64(i64) { load() -> i64; store(value); }
            AtomicUsize(usize) { load() -> usize; store(value); fetch_add(value) -> usize; fetch_sub(value) -> usize; }
        }

        impl AtomicI64 {
            /// Not for sequentially consistent accesses.
            pub fn compare_exchange(
                &self,
                old: i64,
                new: i64,
                success: Ordering,
                failure: Ordering,
            ) -> Result<i64, i64> {
                let modelled = self.0.get_or_init(|| loom::sync::atomic::AtomicI64::new(self.1));
                modelled.compare_exchange(old, new, success, failure)
            }
        }
    }
}

pub mod thread {
    pub use loom::thread::{current, Thread, ThreadId};
    pub use real::thread::sleep;
    use real::{io, string::String};

    #[derive(Debug)]
    pub struct Builder(loom::thread::Builder);

    #[derive(Debug)]
    pub struct JoinHandle<T>(loom::thread::JoinHandle<T>);

    impl Builder {
        #[allow(clippy::new_without_default)]
        pub fn new() -> Self {
            Builder(loom::thread::Builder::new())
        }

        pub fn name(self, name: String) -> Self {
            Builder(self.0.name(name))
        }

        pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
        where
            F: FnOnce() -> T + Send + 'static,
            T: Send + 'static,
        {
            self.0.spawn(f).map(JoinHandle)
        }
    }

    impl<T> JoinHandle<T> {
        pub fn join(self) -> real::thread::Result<T> {
            self.0.join()
        }

        pub fn thread(&self) -> &Thread {
            self.0.thread()
        }

        /// As far as anybody knows who does not wait for it.
        pub fn is_finished(&self) -> bool {
            false
        }
    }
}
