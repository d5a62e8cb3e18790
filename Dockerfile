# Workers, schedulers and commands in one image; compose.fleet.yaml says which is which.
FROM python:3.13-slim-bookworm
WORKDIR /opt/zhihu_crawler
COPY requirements.txt requirements-schedule.txt ./
RUN pip install --no-cache-dir -r requirements.txt -r requirements-schedule.txt
COPY scrapy.cfg ./
COPY zhihu_crawler zhihu_crawler
COPY spiders spiders
COPY pipelines pipelines
RUN useradd --create-home zhihu && mkdir exports spool && chown zhihu: exports spool
USER zhihu
CMD ["scrapy", "list"]
