//! What is shown in advance, and what happens then.

mod extremes;
mod lint;
mod picture;
mod timeline;
mod upcoming;
mod xml;
