"""Units of a county from outlines or points: borders, faults of the drawing, partitions, people.

Chapter 8: shapely geometries and tables in, tables out; read by the pipeline before zones are drawn.
"""
