#!/usr/bin/env docker
# check=skip=all
FROM scratch
