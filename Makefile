# SPDX-License-Identifier: Apache-2.0
.PHONY: dev test platform

dev:
	./install.sh dev

test:
	./install.sh test

# In roots of their own, with a real systemd, libcamera or an arm64 processor; root only. PART="systemd picamera" for some.
platform:
	tests/platform/run.sh $(PART)
