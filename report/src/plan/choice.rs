use std::path::Path;

use super::{Plan, PlanError};

impl Plan {
    /// Leaves out all variants but these and the pair that tells the noise; rows of variants that are left out go with them.
    pub fn keep(&mut self, names: &[String]) -> Result<(), PlanError> {
        if let Some(stranger) = names.iter().find(|name| !self.variants.contains(name)) {
            return Err(PlanError::NoSuchVariant { name: stranger.clone(), known: self.variants.clone() });
        }
        let (threads, twin) = (self.threads.clone(), self.twin.clone());
        let stays = |name: &String| names.contains(name) || *name == threads || *name == twin;
        self.variants.retain(stays);
        self.workload.retain_mut(|workload| {
            let is_for_all = workload.variants.is_empty();
            workload.variants.retain(stays);
            is_for_all || !workload.variants.is_empty()
        });
        self.primary.retain(|row| stays(&row.a) && stays(&row.b));
        Ok(())
    }

    /// Adds the variant of a file, which runs every workload that is not for some variants only. Gives its name.
    pub fn join(&mut self, file: &Path) -> Result<String, PlanError> {
        let path = file.to_string_lossy();
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let Some(name) = name.strip_suffix(".variant.toml") else {
            return Err(PlanError::NoVariantFile(path.into_owned()));
        };
        if self.variants.iter().any(|known| known == name) {
            return Err(PlanError::Twice(name.to_owned()));
        }
        self.variants.push(name.to_owned());
        Ok(name.to_owned())
    }
}
