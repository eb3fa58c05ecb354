services:
  web:
    image: x
