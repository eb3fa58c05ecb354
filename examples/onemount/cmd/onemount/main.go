// Command onemount shows a cloud drive as a directory.
//
// This edition has no kernel file system: "mount" lays the drive's items out
// under the mount point and "unmount" takes them away again.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/auriora/onemount/cmd/common"
	"github.com/auriora/onemount/internal/config"
	"github.com/auriora/onemount/internal/drive"
	"github.com/auriora/onemount/internal/tokens"
)

const usage = `Usage: onemount [--help] [--version] COMMAND [ARGUMENT…]

Commands:
  mount MANIFEST DIRECTORY    lay out the drive under DIRECTORY
  unmount MANIFEST DIRECTORY  remove what mount laid out
  list MANIFEST               print the items of the drive
  account                     print the account of the auth tokens
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("onemount", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stdout, usage) }
	version := flags.Bool("version", false, "print the version")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return 0
		}
		return 2
	}
	if *version {
		fmt.Fprintln(stdout, common.Describe("onemount"))
		return 0
	}
	if err := execute(flags.Args(), stdout); err != nil {
		fmt.Fprintln(stderr, "onemount:", err)
		return 1
	}
	return 0
}

func execute(args []string, stdout io.Writer) error {
	switch {
	case len(args) == 3 && args[0] == "mount":
		return withDrive(args[1], func(d *drive.Drive) error { return d.Mount(args[2]) })
	case len(args) == 3 && args[0] == "unmount":
		return withDrive(args[1], func(d *drive.Drive) error { return d.Unmount(args[2]) })
	case len(args) == 2 && args[0] == "list":
		return withDrive(args[1], func(d *drive.Drive) error {
			for _, item := range d.Items {
				fmt.Fprintln(stdout, item)
			}
			return nil
		})
	case len(args) == 1 && args[0] == "account":
		set, err := tokens.Load(config.FromEnvironment(os.Getenv).TokenFile)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, set.Account)
		return nil
	}
	return fmt.Errorf("unknown command; see onemount --help")
}

func withDrive(manifest string, use func(*drive.Drive) error) error {
	d, err := drive.Load(manifest)
	if err != nil {
		return err
	}
	return use(d)
}
