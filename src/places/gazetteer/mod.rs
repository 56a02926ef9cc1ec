//! Populated places of the whole world, packed into one small file and searched in memory.
//!
//! Invariant: what is loaded is valid. A file is checked on its way in ([`LoadError`]), never trusted, and nothing
//! after that can fail. Distances are great-circle distances on a sphere of [`SPHERE_RADIUS_M`].

mod answer;
mod format;
mod lines;
mod load;
mod pack;
mod spatial_index;
mod sphere;

pub use answer::Near;
pub use format::LoadError;
pub use load::{MAX_FILE_BYTES, OpenError};
pub use pack::{Entry, PackError, pack};
pub use spatial_index::Gazetteer;
pub use sphere::SPHERE_RADIUS_M;
