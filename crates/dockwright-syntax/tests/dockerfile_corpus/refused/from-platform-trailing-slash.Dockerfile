FROM --platform=linux/ scratch
