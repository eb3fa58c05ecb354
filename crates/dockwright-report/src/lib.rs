//! Renderers of findings and graphs.
