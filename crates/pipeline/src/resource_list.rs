//! The resources of the traces: a live pipeline has one, a file may have thousands.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

/// The resources met so far, equal ones being one.
#[derive(Default)]
pub(crate) struct ResourceList {
    all: Vec<Arc<Resource>>,
    /// What exporters get in place of each: itself, unless a stage said otherwise.
    exported: Vec<Arc<Resource>>,
    by_hash: HashMap<u64, Vec<u32>>,
    hasher: RandomState,
}

impl ResourceList {
    /// Returns a resource, and what exporters get in place of it.
    pub(crate) fn get_mut(&mut self, index: u32) -> (&Arc<Resource>, &mut Arc<Resource>) {
        (&self.all[index as usize], &mut self.exported[index as usize])
    }

    pub(crate) fn index_of(&mut self, resource: &Arc<Resource>) -> u32 {
        if let Some(last) = self.all.len().checked_sub(1)
            && Arc::ptr_eq(&self.all[last], resource)
        {
            return last as u32;
        }
        // Equal resources may list their attributes in any order, so the hashes are added up.
        let hash = resource
            .iter()
            .map(|entry| self.hasher.hash_one(KeyValue::new(entry.0.clone(), entry.1.clone())))
            .fold(0, u64::wrapping_add);
        let candidates = self.by_hash.entry(hash).or_default();
        if let Some(found) = candidates.iter().find(|index| self.all[**index as usize] == *resource) {
            return *found;
        }
        let index = self.all.len() as u32;
        self.all.push(Arc::clone(resource));
        self.exported.push(Arc::clone(resource));
        candidates.push(index);
        index
    }
}
