"""Applications, decisions, licences and draw-downs."""
