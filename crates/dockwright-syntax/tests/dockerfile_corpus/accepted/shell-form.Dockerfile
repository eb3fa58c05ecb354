FROM scratch
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
