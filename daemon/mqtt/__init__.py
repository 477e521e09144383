# SPDX-License-Identifier: Apache-2.0
"""What whod says on MQTT; docs/mqtt.md is the reference. Import the module that you need."""
