FROM --platform=amd scratch
