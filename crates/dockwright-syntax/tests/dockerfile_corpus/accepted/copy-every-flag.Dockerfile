FROM scratch
COPY --from=base --chown=user:group --chmod=u+x --link --exclude=*.md --exclude=b a b
