//! The check itself on trial: it must acquit a right server and convict each faulty one.

mod command;
mod convicts;
mod fault;
mod grammar;
mod model;
mod peer;
