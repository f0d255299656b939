# METADATA
# title: The VRPs are old
# description: |
#   The file of VRPs was written so long ago that what it says of origins cannot be relied on: ROAs are
#   published and revoked every hour. The gate then cannot know whether an origin is valid.
# custom:
#   level: unknown
#   scope: change
#   needs: [rpki]
#   params:
#     - name: max-vrps-age-hours
#       default: 24
#       unit: hours
#       range: [1, 8760]
#       description: How old the file of VRPs may be.
package routegate.rpki.vrps_too_old

findings contains f if {
	input.network.rpki.age_hours > input.params["max-vrps-age-hours"]
	f := {
		"key": input.network.rpki.file,
		"message": sprintf("%s was written %v hours ago (%s), more than %v: which origins are valid is not known", [
			input.network.rpki.file, round(input.network.rpki.age_hours),
			input.network.rpki.generated, input.params["max-vrps-age-hours"],
		]),
		"hint": "export the VRPs anew from the relying party before the check",
	}
}

# An hour is more than clocks that are kept at all differ by.
findings contains f if {
	input.network.rpki.age_hours < -1
	f := {
		"key": input.network.rpki.file,
		"message": sprintf("%s says that it was written in the future (%s): how old it is cannot be told", [
			input.network.rpki.file,
			input.network.rpki.generated,
		]),
		"hint": "set the clock of this machine, or of the relying party's",
	}
}
