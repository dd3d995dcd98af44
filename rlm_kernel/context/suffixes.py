"""File name suffixes that say whether a file is text, without looking into it."""

from __future__ import annotations

_TEXT = """
.adoc .asm .astro .awk .bash .bat .bib .c .cc .cfg .clj .cmake .conf .cpp .cs .css .csv .cu .cxx
.dart .diff .ejs .el .eml .env .erl .ex .exs .f90 .fish .fs .go .gradle .graphql .groovy .h .hbs
.hcl .hh .hpp .hs .htm .html .hxx .ini .ipynb .java .jl .js .json .jsonl .jsx .kt .kts .less .lisp
.lock .log .lua .m .make .markdown .md .mdx .mjs .mk .ml .mm .ndjson .nim .nix .org .patch .php .pl
.plist .pm .po .properties .proto .ps1 .py .pyi .pyx .r .rb .rmd .rs .rst .sass .scala .scss .sh
.sol .sql .srt .sty .svelte .svg .swift .tcl .tex .text .tf .toml .ts .tsv .tsx .txt .v .vb .vhd
.vim .vtt .vue .xhtml .xml .xsd .xsl .yaml .yml .zig .zsh
"""

_BINARY = """
.7z .a .aac .ai .apk .arrow .avi .avif .bin .bmp .class .dat .db .deb .dex .dll .dmg .doc .docx
.dylib .ear .eot .eps .epub .exe .feather .fits .flac .gif .h5 .hdf5 .heic .ico .img .iso .jar .jpeg
.jpg .lib .m4a .m4v .mat .mkv .mov .mp3 .mp4 .mpeg .mpg .msi .nc .node .npy .npz .o .obj .odp .ods
.odt .ogg .onnx .otf .parquet .pb .pkl .png .ppt .pptx .psd .pt .pth .pyc .pyd .pyo .rar .rpm
.safetensors .so .sqlite .sqlite3 .tar .tgz .tif .tiff .ttf .war .wasm .wav .webm .webp .wmv .woff
.woff2 .xls .xlsx .zip .zst
"""

TEXT = frozenset(_TEXT.split())
"""Suffixes of text files."""
BINARY = frozenset(_BINARY.split())
"""Suffixes of files that no reader here makes text of."""
