project_name: "starter"

application: hello {
  label: "Hello"
  file: "dist/bundle.js"
  entitlements: {
    core_api_methods: ["me"]
  }
}
