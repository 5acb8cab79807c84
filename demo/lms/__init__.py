"""The demo LMS: an LTI 1.3 platform to click through. A process of its own, and no part of Rollbook."""
