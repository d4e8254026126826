//! What is shown in advance, and what happens then.

mod extremes;
mod picture;
mod timeline;
mod upcoming;
mod xml;
