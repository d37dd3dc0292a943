"""An invented product and its users, with known truths: what the demo shows and the tests hold the portal to.

The product is Kelpie, a studio for short videos with a built-in wallet: creators make videos from
templates, share them in a workspace, are paid in tokens, and keep and swap those across chains.
"""
