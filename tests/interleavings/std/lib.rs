//! The standard library, with loom's atomics and threads.

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

        /// Loom treats a sequentially consistent access as acquire-release but supports sequentially consistent fences,
        /// so one is added on each side of such an access.
        ///
        /// Loom's constructors are not `const fn`, so loom's atomic is created at its first use. That must happen
        /// before other threads can reach it.
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
            AtomicBool(bool) { load() -> bool; store(value); swap(value) -> bool; }
            AtomicI64(i64) { load() -> i64; store(value); }
            AtomicUsize(usize) { load() -> usize; store(value); fetch_add(value) -> usize; fetch_sub(value) -> usize; }
        }

        impl AtomicI64 {
            /// Does not model sequentially consistent accesses: no fences are added.
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

        /// Always false: loom cannot tell, and a caller must not rely on true.
        pub fn is_finished(&self) -> bool {
            false
        }
    }
}
