"""The parts of the product, as staff map events and pages to them."""
