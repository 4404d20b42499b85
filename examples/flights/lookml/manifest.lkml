project_name: "flights"

application: delays {
  label: "Flight delays"
  file: "bundle/delays.js"

  # Nothing beyond what the pages need: one backend and one setting. The Looker API is not called at all.
  entitlements: {
    external_api_urls: ["http://127.0.0.1:8701"]
    scoped_user_attributes: ["gateway_url"]
  }

  mount_points: {
    standalone: yes
    dashboard_tile: yes
    dashboard_vis: no
  }
}
