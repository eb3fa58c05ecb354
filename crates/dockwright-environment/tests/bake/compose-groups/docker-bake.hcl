group "default" { targets = ["api"] }
group "more" { targets = ["default", "web"] }
