"""Webhooks: other systems are told what changes in the register, as Standard Webhooks (standardwebhooks.com) has it."""
