FROM scratch
MAINTAINER Somebody <some@body.example>
