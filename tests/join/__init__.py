"""How a running network gets its next directory: hand-ins that follow, drafts, histories, secrets by directory."""
