# The agent's image: the binary, the libraries it is linked with, and nothing to run beside it. Builds with docker (BuildKit) and
# with buildah; scripts/image builds it where no container engine runs.
#   docker build -t discovery-client:0.1.0 .        buildah bud -t discovery-client:0.1.0 .
# Arguments: JOBS (compilers at once, default: all cores), VERSION and REVISION (labels).
FROM debian:bookworm-slim AS tools
COPY scripts/packages.txt /packages.txt
RUN apt-get update -q \
 && sed 's/#.*//' /packages.txt | DEBIAN_FRONTEND=noninteractive xargs apt-get install -q -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
FROM tools AS build
WORKDIR /src
ENV CCACHE_BASEDIR=/src CCACHE_NOHASHDIR=1 LANG=C.UTF-8
COPY . .
ARG JOBS
# The project's own preset, and its unit tests: an image whose tests fail is none. Benchmarks are no part of it.
RUN --mount=type=cache,id=discovery-client-ccache,target=/root/.cache/ccache \
    cmake --preset release -DDC_BENCH=OFF \
 && cmake --build --preset release -j "${JOBS:-$(nproc)}" \
 && ctest --preset release -j "${JOBS:-$(nproc)}"
# The root file system: merged /usr as in every current distribution, since components/module-loader lays the host's over it.
# Copyright files go along: the libraries' licences ask for it.
RUN set -e; root=/root-fs; \
    mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/usr/sbin" "$root/usr/share/doc" "$root/etc/discovery-client" "$root/etc/discovery.d" "$root/tmp"; \
    ln -s usr/bin "$root/bin"; ln -s usr/sbin "$root/sbin"; ln -s usr/lib "$root/lib"; ln -s usr/lib64 "$root/lib64"; \
    llvm-strip-19 -o "$root/usr/bin/discovery-client" build/release/cmd/discovery-client; \
    for library in $(ldd build/release/cmd/discovery-client | grep -o '/[^ ]*'); do \
      mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; \
      package=$(dpkg-query -S "$(realpath "$library")" 2>/dev/null | head -n 1 | cut -d: -f1); \
      [ -z "$package" ] || { mkdir -p "$root/usr/share/doc/$package"; cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"; }; \
    done; \
    mkdir -p "$root/usr/share/doc/discovery-client"; cp LICENSE "$root/usr/share/doc/discovery-client/copyright"; \
    # names of hosts: /etc/hosts first, as everywhere; without this file glibc asks DNS only
    echo 'hosts: files dns' > "$root/etc/nsswitch.conf"; \
    echo 'root:x:0:0:root:/:/nonexistent' > "$root/etc/passwd"; echo 'root:x:0:' > "$root/etc/group"; \
    chroot "$root" /usr/bin/discovery-client version

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="discovery-client" \
      org.opencontainers.image.description="Keeps a host connected to every NVMe/TCP controller that its discovery services name" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /root-fs/ /
# Root: /dev/nvme-fabrics is 0600 root, and its driver asks for CAP_SYS_ADMIN. Which of root's rights are needed: docs/kubernetes.md.
USER 0:0
EXPOSE 6060/tcp
# `docker run IMAGE check` and so on: every command of the program. In a cluster manifests/ gives the arguments and mounts.
ENTRYPOINT ["/usr/bin/discovery-client"]
CMD ["serve"]
