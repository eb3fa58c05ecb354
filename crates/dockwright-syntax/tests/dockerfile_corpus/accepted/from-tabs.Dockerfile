FROM	scratch	 AS  a
