# shellcheck shell=bash
command_up() { die "not yet"; }
