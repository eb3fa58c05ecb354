//! stub
use crate::*;
pub struct BakeProject {
    pub files: Vec<DocumentId>,
    pub groups: Vec<Group>,
}
pub struct Group {
    pub name: String,
    pub location: Location,
    pub targets: Vec<Value>,
}
