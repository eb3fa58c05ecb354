//! Rules: from an environment to findings.
