project_name: "flights"

application: delays {
  label: "Flight delays"
  file: "bundle/delays.js"

  # Nothing beyond what the pages need: the gateway and one private service, one setting, and one method of the Looker API,
  # which runs the explore that signs.
  entitlements: {
    core_api_methods: ["run_inline_query"]
    external_api_urls: ["http://127.0.0.1:8701", "http://127.0.0.1:8703"]
    scoped_user_attributes: ["gateway_url"]
  }

  mount_points: {
    standalone: yes
    dashboard_tile: yes
    dashboard_vis: no
  }
}
