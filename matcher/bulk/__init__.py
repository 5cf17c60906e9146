"""Policy finds people: files of any size against a catalogue, resumable, on one machine or several."""
