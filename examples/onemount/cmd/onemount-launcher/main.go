// Command onemount-launcher keeps the list of drives a person has set up and
// prints the onemount command for each.
package main

import (
	"fmt"
	"os"

	"github.com/auriora/onemount/cmd/common"
	"github.com/auriora/onemount/internal/config"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println(common.Describe("onemount-launcher"))
		return
	}
	settings := config.FromEnvironment(os.Getenv)
	launcher, err := config.LoadLauncher(settings.ConfigFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "onemount-launcher:", err)
		os.Exit(1)
	}
	for _, line := range launcher.Commands() {
		fmt.Println(line)
	}
}
