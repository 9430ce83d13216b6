"""HTTP in front of `serving.work`: an app of FastAPI, and how uvicorn runs it."""
